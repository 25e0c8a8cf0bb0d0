"""How large pictures become the small ones that the model is given."""
import io

import numpy as np
from PIL import Image, ImageFilter

SCALE = 4


def reduce_picture(rng, large):
    """uint8 [h, w, 3] to uint8 [h / 4, w / 4, 3]: mostly a clean bicubic reduction, sometimes blur, noise or JPEG."""
    picture = Image.fromarray(large)
    size = (picture.width // SCALE, picture.height // SCALE)
    if rng.random() < 0.18:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
    filters = [Image.BICUBIC, Image.LANCZOS, Image.BOX, Image.BILINEAR]
    small = picture.resize(size, int(rng.choice(filters, p=[0.76, 0.1, 0.08, 0.06])))
    if rng.random() < 0.2:
        shape = (size[1], size[0], 1 if rng.random() < 0.4 else 3)
        noise = rng.uniform(0.5, 5) * rng.standard_normal(shape)
        small = Image.fromarray(np.clip(np.asarray(small) + noise + 0.5, 0, 255).astype(np.uint8))
    if rng.random() < 0.18:
        file = io.BytesIO()
        small.save(file, 'JPEG', quality=int(rng.integers(72, 97)))
        small = Image.open(file).convert('RGB')
    return np.asarray(small)

"""The pictures to train on, and how they are measured. Needs numpy, scipy and Pillow."""
import tempfile
import unittest
from pathlib import Path

try:
    import numpy as np
    from PIL import Image

    from training.metrics import gmsd, psnr, ssim
    from training.pictures.canvas import create_painter
    from training.pictures.lens import in_perspective
    from training.pictures.solids import Light
    from training.pool import PicturePool, turn_about
    from training.render import draw_block, render_pool
except ImportError as error:
    raise unittest.SkipTest(f'not tested: {error}') from error


class Pictures(unittest.TestCase):
    def test_a_block_follows_from_seed_and_number(self):
        first, again, other = (list(draw_block(seed, 0, 2, 64)) for seed in (3, 3, 4))
        self.assertTrue(all((a == b).all() for a, b in zip(first, again)))
        self.assertFalse(all((a == b).all() for a, b in zip(first, other)))
        self.assertEqual((first[0].shape, first[0].dtype), ((64, 64, 3), np.uint8))

    def test_rendering_keeps_what_is_there_and_leaves_no_part(self):
        with tempfile.TemporaryDirectory() as folder:
            render_pool(folder, 2, 64)
            file = Path(folder, 'block-00000.npy')
            time = file.stat().st_mtime_ns
            render_pool(folder, 2, 64)
            self.assertEqual([path.name for path in Path(folder).iterdir()], ['block-00000.npy'])
            self.assertEqual(file.stat().st_mtime_ns, time)
            self.assertEqual(PicturePool(folder).draw_crop(np.random.default_rng(0), 16).shape, (16, 16, 3))

    def test_an_empty_pool_says_what_to_do(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(FileNotFoundError, 'Render some'):
            PicturePool(folder, patience=0)

    def test_turning_about_keeps_a_picture(self):
        picture = next(draw_block(5, 0, 1, 64))
        for seed in range(8):
            turned = turn_about(np.random.default_rng(seed), picture)
            self.assertEqual((turned.shape, turned.dtype), (picture.shape, np.uint8))

    def test_a_flat_thing_keeps_its_colours_and_a_slope_to_the_light_is_brighter(self):
        light = Light(np.array([0.6, 0, 0.8]), 0.4, 0)
        grey = np.full((4, 5, 3), 100.0)
        self.assertTrue(np.allclose(light.shade(grey, np.zeros((4, 5))), grey))
        falling = -np.arange(5) * np.ones((4, 1))
        self.assertTrue((light.shade(grey, falling) > grey).all())
        self.assertTrue((light.shade(grey, -falling) < grey).all())

    def test_a_picture_in_perspective_is_all_of_the_picture(self):
        white = Image.new('RGB', (128, 128), (255, 255, 255))
        for seed in range(20):
            seen = in_perspective(create_painter(seed, 64), white)
            self.assertEqual((seen.size, np.asarray(seen).min()), (white.size, 255))


class Metrics(unittest.TestCase):
    def test_equal_and_blurred_pictures(self):
        picture = next(draw_block(7, 0, 1, 64)).astype(float)
        blurred = np.asarray(Image.fromarray(picture.astype(np.uint8)).resize((16, 16)).resize((64, 64)), float)
        self.assertAlmostEqual(ssim(picture, picture), 1)
        self.assertAlmostEqual(gmsd(picture, picture), 0)
        self.assertLess(ssim(blurred, picture), 0.99)
        self.assertGreater(gmsd(blurred, picture), 0.01)
        self.assertAlmostEqual(psnr(picture + 5, picture), 34.1514, places=3)

    def test_as_skimage_has_it(self):
        try:
            from skimage.metrics import structural_similarity
        except ImportError:
            self.skipTest('python3-skimage is not installed')
        a, b = (picture.astype(float) for picture in draw_block(8, 0, 2, 64))
        luma = np.array([0.299, 0.587, 0.114])
        options = {'data_range': 255, 'gaussian_weights': True, 'sigma': 1.5, 'use_sample_covariance': False}
        self.assertAlmostEqual(ssim(a, b), structural_similarity(a @ luma, b @ luma, **options), places=9)

"""Pairs of pictures made where the networks are, and training through sampling. Needs torch, 1.13 or newer."""
import io
import tempfile
import unittest
from argparse import Namespace
from pathlib import Path
from unittest.mock import patch

try:
    import numpy as np
    import torch
    from PIL import Image

    from training.device_pool import DevicePool
    from training.jpeg import compress
    from training.model_folder import read_network, write_network
    from training.networks.start import start_autoencoder
    from training.networks.unet import UNet
    from training.networks.vq_model import VQModel
    from training.pairs import blur, draw_pairs
    from training.render import draw_block, render_pool
    from training.resizing import back_project, resize, resize_matrix
    from training.train_jointly import finish, make_pictures, train
except ImportError as error:
    raise unittest.SkipTest(f'not tested: {error}') from error

torch.set_num_threads(1)


def to_floats(picture):
    """uint8 [h, w, 3] to float32 [1, 3, h, w] of 0…1."""
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255


class Pairs(unittest.TestCase):
    def test_jpeg_does_what_pillow_does(self):
        picture = next(draw_block(7, 0, 1, 128))
        self.assertGreater(float(picture.std(-1).mean()), 5, 'a coloured one')
        for quality, subsampling, within in [(50, 0, 1.2), (90, 0, 1.2), (55, 2, 1.5), (80, 2, 1.5)]:
            file = io.BytesIO()
            Image.fromarray(picture).save(file, 'JPEG', quality=quality, subsampling=subsampling)
            wanted = np.asarray(Image.open(file)).astype(float)
            made = compress(to_floats(picture), torch.tensor([float(quality)]), torch.tensor([subsampling > 0]))
            made = (made[0].permute(1, 2, 0) * 255).numpy()
            self.assertLess(np.abs(made - wanted).mean(), within)

    def test_every_filter_is_pillows(self):
        picture = next(draw_block(2, 0, 1, 128))
        for name in ('bicubic', 'lanczos', 'box', 'bilinear'):
            wanted = np.asarray(Image.fromarray(picture).resize((32, 32), getattr(Image, name.upper()))).astype(float)
            matrix = resize_matrix(128, 32, name)
            made = (matrix @ to_floats(picture) @ matrix.t()).clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255
            self.assertLess(np.abs(made - wanted).mean(), 0.6, name)

    def test_blur_keeps_brightness_and_leaves_what_needs_none(self):
        pictures = torch.rand(2, 3, 32, 32)
        made = blur(pictures, torch.tensor([0.0, 2.0])[:, None, None, None])
        self.assertTrue(torch.allclose(made[0], pictures[0], atol=1e-6))
        self.assertLess(float(made[1].std()), 0.3 * float(pictures[1].std()))
        self.assertAlmostEqual(float(made[1].mean()), float(pictures[1].mean()), delta=0.02)

    def test_small_pictures_belong_to_the_large_ones(self):
        with tempfile.TemporaryDirectory() as folder:
            render_pool(folder, 6, 80)
            torch.manual_seed(0)
            pool = DevicePool(folder, torch.device('cpu'), 4)
            self.assertEqual(pool.count, 4)
            with patch('training.pairs.compress', side_effect=lambda pictures, *_: 1 - pictures) as compress:
                large, small = draw_pairs(pool, 12, 16, 3)
        self.assertEqual(len(compress.call_args.args[0]), 3)
        self.assertTrue((resize(large, 16, 16)[-3:] * small[-3:]).mean() < 0, 'the last three were inverted')
        small[-3:] *= -1
        self.assertEqual((large.shape, small.shape), ((12, 3, 64, 64), (12, 3, 16, 16)))
        levels = (small + 1) * 127.5
        self.assertTrue(torch.allclose(levels, levels.round(), atol=1e-3))
        self.assertLess(float((resize(large, 16, 16) - small).abs().mean()), 0.06)

    def test_the_pool_takes_in_what_comes_later(self):
        with tempfile.TemporaryDirectory() as folder:
            render_pool(folder, 3, 32)
            pool = DevicePool(folder, torch.device('cpu'), 8)
            np.save(Path(folder, 'block-00001.npy'), np.full((2, 32, 32, 3), 7, np.uint8))
            pool.take()
            pool.take()
            self.assertEqual(pool.count, 5)
            self.assertTrue((pool.pictures[3:5] == 7).all())

    def test_only_clean_pictures_are_fitted_to_the_last(self):
        made, small = torch.zeros(2, 3, 32, 32), torch.rand(1, 3, 8, 8).repeat(2, 1, 1, 1) - 0.5
        finished = finish(made, small, 1)
        self.assertTrue(torch.equal(finished[:1], back_project(made[:1], small[:1])))
        self.assertTrue(torch.equal(finished[1:], back_project(made[1:], small[1:], iterations=1)))

    def test_training_through_sampling_reaches_both_networks(self):
        torch.manual_seed(0)
        network = VQModel({'block_out_channels': [16, 16, 32], 'num_vq_embeddings': 64})
        start_autoencoder(network)
        with tempfile.TemporaryDirectory() as folder:
            render_pool(f'{folder}/pictures', 4, 64)
            write_network(folder, 'vqvae', network)
            before = UNet({'block_out_channels': [32, 32, 48]})
            write_network(folder, 'unet', before)
            settings = {'pictures': f'{folder}/pictures', 'capacity': 4, 'autoencoder': folder, 'start': folder}
            settings |= {'out': f'{folder}/out', 'channels': [32, 32, 48], 'layers': 1, 'side': 16, 'every': 100}
            settings['decoder_layers'] = 2
            settings |= {'minutes': 0, 'sampling_minutes': 0.03, 'crops': 4, 'sampled': 4, 'rate': 1e-3}
            settings |= {'sampling_rate': 1e-3, 'denoising': 0.05, 'average': 0.5, 'device': 'cpu', 'threads': 1, 'seed': 0}
            train(Namespace(**settings))
            unet, trained = read_network(f'{folder}/out', 'unet'), read_network(f'{folder}/out', 'vqvae')
            self.assertTrue(Path(folder, 'out/joint-run.json').exists())
        self.assertEqual(trained.config['layers_per_block'], 2)
        same = lambda name: torch.equal(trained.state_dict()[name], network.state_dict()[name].half().float())
        self.assertFalse(same('decoder.conv_in.weight'))
        self.assertFalse(torch.equal(unet.conv_in.weight, before.conv_in.weight.half().float()))
        self.assertTrue(same('encoder.conv_in.weight') and same('quantize.embedding.weight'))
        make_pictures(unet, trained, torch.rand(1, 3, 16, 16), 2, 1.0).sum().backward()
        self.assertGreater(float(unet.conv_in.weight.grad.abs().sum()), 0)


if __name__ == '__main__':
    unittest.main()

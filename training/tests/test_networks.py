"""Networks, sampling and files. Needs torch, 1.13 or newer."""
import json
import tempfile
import unittest
from pathlib import Path

try:
    import numpy as np
    import torch
    from PIL import Image

    from training.average_models import average_networks
    from training.diffusion import alphas_cumprod, draw_timesteps, sample_latents, sampling_timesteps, signal_and_noise
    from training.model_folder import read_network, write_model
    from training.networks.grow import deepen, deepen_autoencoder
    from training.networks.start import start_autoencoder, start_denoiser
    from training.networks.unet import UNet
    from training.networks.vq_model import VQModel, search_all, search_tree
    from training.pool import to_tensor
    from training.render import draw_block
    from training.resizing import back_project, resize
    from training.run import in_background
except ImportError as error:
    raise unittest.SkipTest(f'not tested: {error}') from error

torch.set_num_threads(1)
SMALL_UNET = {'block_out_channels': [32, 32, 48]}
SMALL_VQ = {'block_out_channels': [16, 16, 32], 'num_vq_embeddings': 64}


class Networks(unittest.TestCase):
    def test_autoencoder_starts_near_the_smoothed_picture(self):
        torch.manual_seed(0)
        network = VQModel({'num_vq_embeddings': 64})
        pictures = to_tensor(np.stack(list(draw_block(1, 0, 3, 64))))
        smooth = resize(resize(pictures, 16, 16), 64, 64)
        with torch.no_grad():
            distance = lambda: float((network.decode(network.encode(pictures)) - smooth).pow(2).mean())
            before = distance()
            start_autoencoder(network)
            after = distance()
        self.assertLess(after, 0.15 * before)

    def test_denoiser_starts_with_the_linear_guess(self):
        rng = np.random.default_rng(0)
        small = rng.integers(0, 256, (4, 3, 8, 8)).astype(np.uint8)
        latents = (small / 127.5 - 1) @ np.eye(8) * 1.5 + 0.25
        unet = UNet(SMALL_UNET)
        start_denoiser(unet, latents.astype(np.float16), small)
        condition = torch.from_numpy(small).float() / 127.5 - 1
        with torch.no_grad():
            v = unet(torch.cat([torch.randn_like(condition), condition], 1), torch.full((4,), 999))
        self.assertLess(float((v + torch.from_numpy(latents).float()).pow(2).mean().sqrt()), 0.35)

    def test_a_deeper_network_begins_as_the_one_it_grew_from(self):
        torch.manual_seed(0)
        unet, x, timesteps = UNet(SMALL_UNET), torch.randn(2, 6, 16, 16), torch.tensor([999, 20])
        deep = deepen(unet, 3)
        with torch.no_grad():
            self.assertTrue(torch.equal(deep(x, timesteps), unet(x, timesteps)))
        deep(x, timesteps).pow(2).sum().backward()
        added = deep.up_blocks[1].resnets[1]
        self.assertGreater(float(added.conv2.weight.grad.abs().max()), 0)

    def test_a_deeper_autoencoder_starts_as_the_trained_one(self):
        torch.manual_seed(0)
        network, pictures = VQModel(SMALL_VQ), torch.randn(1, 3, 32, 32)
        deep = deepen_autoencoder(network, 2)
        latents = deep.encode(pictures)
        with torch.no_grad():
            self.assertTrue(torch.equal(latents, network.encode(pictures)))
            self.assertTrue(torch.equal(deep.decode(latents), network.decode(latents)))
        deep.decode(latents.detach()).pow(2).sum().backward()
        added = deep.decoder.up_blocks[1].resnets[2]
        self.assertGreater(float(added.conv2.weight.grad.abs().max()), 0)

    def test_bfloat16_is_near_float32_in_either_order_of_memory(self):
        torch.manual_seed(0)
        unet, x = UNet(SMALL_UNET), torch.randn(1, 6, 16, 16)
        with torch.no_grad():
            wanted = unet(x, torch.tensor([500]))
            for order in (torch.contiguous_format, torch.channels_last):
                unet.to(memory_format=order)
                with torch.autocast('cpu', torch.bfloat16):
                    made = unet(x, torch.tensor([500])).float()
                self.assertLess(float((made - wanted).abs().mean() / wanted.abs().mean()), 0.05)

    def test_timesteps_do_not_follow_the_order_of_pictures(self):
        torch.manual_seed(0)
        last = torch.cat([draw_timesteps(16, 'cpu')[-4:] for _ in range(200)]).float()
        self.assertAlmostEqual(float(last.mean()), 550, delta=40)

    def test_every_sampling_step_passes_gradients_on(self):
        weights = torch.zeros(1000, requires_grad=True)
        network = lambda x, timesteps: x[:, :3] * weights[timesteps[0]]
        sample_latents(network, torch.zeros(1, 3, 8, 8), 4, 1.0).pow(2).sum().backward()
        self.assertEqual(weights.grad.nonzero().flatten().tolist(), [249, 499, 749, 999])

    def test_both_searches_find_the_same_codes(self):
        codes, rows = torch.randn(500, 3), torch.randn(2000, 3)
        self.assertTrue(torch.equal(search_all(rows, codes, 300), search_tree(rows, codes)))

    def test_the_mean_of_networks_is_that_of_their_weights(self):
        networks = [UNet(SMALL_UNET) for _ in range(2)]
        wanted = (networks[0].conv_in.weight + networks[1].conv_in.weight).detach() / 2
        self.assertTrue(torch.allclose(average_networks(networks).conv_in.weight, wanted))

    def test_a_perfect_prediction_is_sampled_exactly(self):
        wanted = torch.randn(1, 3, 8, 8)

        def knows(x, timesteps):
            signal, spread = signal_and_noise(timesteps, x.device)
            noise = (x[:, :3] - signal * wanted) / spread
            return signal * noise - spread * wanted

        for steps, eta in ((1, 0.0), (8, 1.0), (20, 0.0)):
            sampled = sample_latents(knows, torch.zeros(1, 3, 8, 8), steps, eta, torch.Generator().manual_seed(0))
            self.assertLess(float((sampled - wanted).abs().max()), 1e-3)

    def test_schedule(self):
        self.assertEqual(sampling_timesteps(8), [999, 874, 749, 624, 499, 374, 249, 124])
        self.assertAlmostEqual(float(alphas_cumprod()[0]), 1 - 0.0015, places=6)


class Files(unittest.TestCase):
    def test_a_model_is_read_as_it_was_written(self):
        unet, network = UNet(SMALL_UNET), VQModel(SMALL_VQ)
        with tempfile.TemporaryDirectory() as folder:
            write_model(folder, unet, network)
            names = sorted(str(path.relative_to(folder)) for path in Path(folder).rglob('*.*'))
            again, decoder = read_network(folder, 'unet'), read_network(folder, 'vqvae')
            with self.assertRaisesRegex(ValueError, 'encoder.conv_in'):
                read_network(folder, 'vqvae', encoder=True)
        weights = again.state_dict()
        self.assertTrue(all((value.half() == weights[name]).all() for name, value in unet.state_dict().items()))
        self.assertTrue((decoder.quantize.embedding.weight == network.quantize.embedding.weight.half()).all())
        self.assertEqual(names[0], 'model_index.json')
        self.assertEqual(len(names), 6)

    def test_the_shipped_architecture(self):
        folder = Path(__file__).parents[2] / 'packages/ldm-sr-tiny/model'
        for kind, network in (('unet', UNet()), ('vqvae', VQModel())):
            self.assertEqual(json.loads(Path(folder, kind, 'config.json').read_text()), network.config)
            read_network(folder, kind)


class Resizing(unittest.TestCase):
    def test_as_pillow(self):
        picture = np.random.default_rng(0).random((40, 28)).astype(np.float32)
        for size in ((7, 10), (112, 160)):
            expected = np.asarray(Image.fromarray(picture).resize(size, Image.BICUBIC))
            made = resize(torch.from_numpy(picture)[None, None], size[1], size[0])[0, 0]
            self.assertLess(float((made - torch.from_numpy(expected.copy())).abs().max()), 1e-5)

    def test_back_projection_brings_the_small_picture_closer(self):
        large, small = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 8, 8)
        distance = lambda picture: float((resize(picture, 8, 8) - small).abs().mean())
        self.assertLess(distance(back_project(large, small)), 0.3 * distance(large))


class Background(unittest.TestCase):
    def test_a_fault_is_raised_where_it_is_waited_for(self):
        def fail(rng):
            raise ValueError('no picture')

        with self.assertRaisesRegex(ValueError, 'no picture'):
            next(in_background(fail))

"""Writes a finished model: python3 -m training.export_model --model work/joint --out work/export

float16, diffusers layout, without the encoder (which upscaling does not need), with `latentkit.json`, the settings that every
face of Latentkit uses for it.
"""
import argparse
from pathlib import Path

from .model_folder import read_network, write_json, write_model


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--model', default='work/joint')
    arguments.add_argument('--out', default='work/export')
    arguments.add_argument('--encoder', action='store_true', help='keep the encoder')
    arguments.add_argument('--steps', type=int, default=2)
    arguments.add_argument('--eta', type=float, default=1)
    arguments.add_argument('--back-projection', type=int, default=8)
    arguments.add_argument('--back-projection-of-jpeg', type=int, default=1)
    arguments.add_argument('--colour', default='none', choices=['none', 'wavelet', 'adain'])
    given = arguments.parse_args()
    unet, network = read_network(given.model, 'unet'), read_network(given.model, 'vqvae')
    write_model(given.out, unet, network, given.encoder)
    settings = {'steps': given.steps, 'eta': given.eta}
    settings.update(back_projection=given.back_projection, back_projection_of_jpeg=given.back_projection_of_jpeg)
    settings.update(colour=given.colour)
    write_json(Path(given.out, 'latentkit.json'), settings)
    size = sum(file.stat().st_size for file in Path(given.out).rglob('*.safetensors'))
    print(f'{given.out}: {size / 1e6:.2f} MB')


if __name__ == '__main__':
    main()

"""Writes the mean of models' weights: python3 -m training.average_models --models work/joint-1500 work/joint --out work/mean

All of one architecture and with one encoder, such as stages of one run; float16, with the encoder.
"""
import argparse

import torch

from .model_folder import read_network, write_model


def average_networks(networks):
    """The first network with the mean of all their weights."""
    weights = [network.state_dict() for network in networks]
    networks[0].load_state_dict({name: torch.stack([one[name] for one in weights]).mean(0) for name in weights[0]})
    return networks[0]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--models', nargs='+', required=True)
    arguments.add_argument('--out', default='work/mean')
    given = arguments.parse_args()
    unet = average_networks([read_network(folder, 'unet') for folder in given.models])
    network = average_networks([read_network(folder, 'vqvae', encoder=True) for folder in given.models])
    write_model(given.out, unet, network, encoder=True)


if __name__ == '__main__':
    main()

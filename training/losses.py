"""How far a picture is from the one it should be."""
import torch
import torch.nn.functional as F


def differences(pictures):
    """Differences between neighbours, to the right and downwards."""
    return pictures[..., 1:] - pictures[..., :-1], pictures[..., 1:, :] - pictures[..., :-1, :]


def picture_loss(made, wanted, spectrum=0.0):
    """Mean absolute error of pixels and, at three scales, of edges; `spectrum` weighs that of the Fourier transform."""
    loss = (made - wanted).abs().mean()
    fine, fine_wanted = made, wanted
    for scale in range(3):
        if scale:
            fine, fine_wanted = F.avg_pool2d(fine, 2), F.avg_pool2d(fine_wanted, 2)
        for edges, edges_wanted in zip(differences(fine), differences(fine_wanted)):
            loss = loss + 0.3 * (edges - edges_wanted).abs().mean()
    if spectrum:
        transform = torch.fft.rfft2(made, norm='ortho') - torch.fft.rfft2(wanted, norm='ortho')
        loss = loss + spectrum * transform.abs().mean()
    return loss

"""PSNR of the colours, SSIM and GMSD of the brightness, for pictures [h, w, 3] of 0…255. The same as in bench/quality."""
import numpy as np
from scipy.ndimage import convolve, gaussian_filter

_LUMA = np.array([0.299, 0.587, 0.114])


def psnr(made, wanted):
    """Peak signal-to-noise ratio in dB over all three channels."""
    return float(10 * np.log10(255**2 / np.mean((made.astype(float) - wanted) ** 2)))


def ssim(made, wanted):
    """Structural similarity (Wang et al. 2004), Gaussian window of deviation 1.5; 1 is equal."""
    a, b = made @ _LUMA, wanted @ _LUMA
    blur = lambda field: gaussian_filter(field, 1.5, truncate=3.5)
    mean_a, mean_b = blur(a), blur(b)
    variances = blur(a * a) - mean_a**2 + blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    likeness /= (mean_a**2 + mean_b**2 + c1) * (variances + c2)
    return float(likeness[5:-5, 5:-5].mean())


def gmsd(made, wanted):
    """Gradient magnitude similarity deviation (Xue et al. 2014); 0 is equal."""
    prewitt = np.array([[1, 0, -1]] * 3) / 3
    halves = []
    for picture in (made, wanted):
        grey = picture @ _LUMA
        high, wide = grey.shape[0] // 2 * 2, grey.shape[1] // 2 * 2
        halves.append(grey[:high, :wide].reshape(high // 2, 2, wide // 2, 2).mean((1, 3)))
    a, b = (
        np.hypot(convolve(half, prewitt, mode='constant'), convolve(half, prewitt.T, mode='constant')) for half in halves
    )
    return float(((2 * a * b + 170) / (a * a + b * b + 170)).std())

"""UNet2DModel and VQModel with diffusers' parameter names and arithmetic; only the parts that the small model uses."""

"""Training of the starter diffusion pipeline: renders, autoencoder, text encoder, UNet."""

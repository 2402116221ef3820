"""The shared latent space: networks, losses, sampling, training and measures, in torch."""

"""Parts of the diffusion plugin: what each vendor writes into headers, how slices become measurements, and checks."""

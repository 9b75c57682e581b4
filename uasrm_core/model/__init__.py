"""Networks: their sizes, layers and files, and what runs them.

Sizes, files and `choose_backend` load no PyTorch; layers, losses and `torch_backend` do.
"""

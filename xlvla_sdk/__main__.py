"""`python -m xlvla_sdk`: the command `xlvla`, for whom starts modules, as torchrun does."""

from xlvla_sdk.cli import main

if __name__ == "__main__":
    main()

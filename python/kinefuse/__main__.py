"""``python -m kinefuse``, and ``torchrun -m kinefuse``: the command ``kinefuse``."""

from kinefuse.cli import main

if __name__ == "__main__":
    main()

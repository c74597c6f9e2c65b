"""`python -m jianwei` is `jianwei`."""

from jianwei.cli import main

if __name__ == "__main__":
    main()

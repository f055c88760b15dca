"""`python -m sslabel` is `sslabel`."""

from sslabel.cli.main import main

main()

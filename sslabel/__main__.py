"""`python -m sslabel` is `sslabel`."""

from sslabel.cli.app import main

main()

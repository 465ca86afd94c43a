"""`python -m bot` is the installed command `gitops-bot`."""

from bot.cli import main

raise SystemExit(main())

"""File › Export: one dialog for all that goes out, with a preview of it.

Which formats there are, and what each of them cannot say, is in `files.formats`; how pictures are
painted is in `app.pictures`. Derivations and worksheets are asked for in `dialogs.handouts`.
"""

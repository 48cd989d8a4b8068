"""The data table: columns, model, grid and clipboard. Reading a file of data is in `dialogs`."""

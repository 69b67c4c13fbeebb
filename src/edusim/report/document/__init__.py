"""A document as blocks, and the files that are made of it: Word, a web page, an Excel workbook, PDF."""

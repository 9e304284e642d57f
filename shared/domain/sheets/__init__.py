"""Tables from files, as people's spreadsheets write them: the one reader of every CSV and XLSX file. Pure."""

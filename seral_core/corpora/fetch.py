sources = {}

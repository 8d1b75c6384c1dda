"""Files of texts to files of their vectors, by several processes (Ray Data).

`inputs` finds the files and `reading` reads their rows, `checking` finds every fault before a text
is embedded, `workers` embeds, `folder` keeps what is whole, and `embedding` is the way through.
"""

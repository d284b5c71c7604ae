"""How the product speaks HTTP: problems in two languages, keys, lists, numbers and the app itself.

Knows no service. A service hands in its routers and hot routes and gets an app back.
"""

"""The board's pages of alerts: inbox, list, card with its forms, silences, notifications.

Server-made HTML for who has signed in, in Chinese and English. What a form does is done by the use
cases of the API; whoever may do it there may do it here.
"""

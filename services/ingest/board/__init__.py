"""The board's pages of who may use it: sign in and out, people. Server-made, without scripts."""

"""Alerts for Alertmanager (API v2): what it is told, and the part that tells every replica."""

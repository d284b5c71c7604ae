"""What the pages of every service share: frame, style sheet, language, marks, forms.

    rendering   templates to pages: `Pages`, `Frame`
    language    Chinese or English; phrases in both
    words       the words of the frame, of colours and of the states of alerts
    marks       colour, shape and words of a state, always together

A service has its own templates and words; its templates extend `layout.html` and import macros from
`parts.html` and `forms.html`. No page has a script or asks another host for anything.
"""

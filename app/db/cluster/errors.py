"""The one error of the private cluster."""


class ClusterError(Exception):
    """The private cluster cannot do what was asked; the text is one paragraph meant for the operator."""

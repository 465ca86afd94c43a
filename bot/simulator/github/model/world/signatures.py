"""What GitHub says of a commit's signature."""

from enum import Enum


class SignatureState(Enum):
    """GraphQL's GitSignatureState, as far as something here brings it about.

    The last three are "not verified yet": the service that verifies did not answer, or waits for a certificate's status.
    https://docs.github.com/en/graphql/reference/enums#gitsignaturestate
    """

    VALID = "VALID"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    GPGVERIFY_UNAVAILABLE = "GPGVERIFY_UNAVAILABLE"
    GPGVERIFY_ERROR = "GPGVERIFY_ERROR"
    OCSP_PENDING = "OCSP_PENDING"

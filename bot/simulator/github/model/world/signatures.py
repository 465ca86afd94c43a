"""GitHub's verification of commit signatures."""

from enum import Enum


class SignatureState(Enum):
    """GraphQL's GitSignatureState, as far as the simulator produces it.

    The last three mean "not verified yet": the verifying service did not answer, or waits for a certificate's status.
    https://docs.github.com/en/graphql/reference/enums#gitsignaturestate
    """

    VALID = "VALID"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    GPGVERIFY_UNAVAILABLE = "GPGVERIFY_UNAVAILABLE"
    GPGVERIFY_ERROR = "GPGVERIFY_ERROR"
    OCSP_PENDING = "OCSP_PENDING"

import os

import pytest
import razorpay


@pytest.fixture
def shop():
    """Razorpay's own client, signed in at the sandbox."""
    keys = (os.environ["RAZORPAY_KEY_ID"], os.environ["RAZORPAY_KEY_SECRET"])
    return razorpay.Client(auth=keys, base_url=os.environ["RAZORPAY_BASE_URL"])

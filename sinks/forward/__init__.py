"""Genuine notifications to the operator's own url, as they came: by the lanes and log of delivery."""

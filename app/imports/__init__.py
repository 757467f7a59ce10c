"""Deliveries that come over HTTP: uploaded, validated and imported as jobs, published or discarded."""

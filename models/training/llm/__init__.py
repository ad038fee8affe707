"""Training of the starter text model: corpus, tokenizer, network, export and evaluation."""

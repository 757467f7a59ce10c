"""The collections (要素集合): which there are, what fields they have, and how their features are chosen, whoever asks for them."""

"""How texts are told apart: n-grams of characters, a calibrated classifier, topics; all of it in a process of its own."""

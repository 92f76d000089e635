"""Understanding: features of text, the bilingual embedding model, calibrated classifiers, and their Rasa components.

`components` imports Rasa, `train_embeddings` torch, `features` and `margins` scikit-learn; the vectors need numpy alone.
"""

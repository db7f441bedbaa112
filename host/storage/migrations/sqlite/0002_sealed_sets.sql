-- The literal values of a set, encrypted as secrets are: the document holds none of them.

ALTER TABLE sets ADD COLUMN nonce BLOB;
ALTER TABLE sets ADD COLUMN ciphertext BLOB;

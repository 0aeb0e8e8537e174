"""Records what a scan sends and is answered, always under pseudonyms, for the embedded Azure to replay."""

from scanner.recording._folder import EXCHANGES, FORMAT, MANIFEST, Recorder, Sent

__all__ = ["EXCHANGES", "FORMAT", "MANIFEST", "Recorder", "Sent"]

"""The registry's notifications and a reconciling sweep become tag events."""

"""What tests start and use: real servers, run as processes on loopback and stopped by their process id."""

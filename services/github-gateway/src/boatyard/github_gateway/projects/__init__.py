"""What can be picked at GitHub: projects, their branches and tags, and the Dockerfiles in them."""

"""The speeds that the README promises, each measured beside what the machine can do at best."""

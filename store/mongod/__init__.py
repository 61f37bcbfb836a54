"""The program mongod: found, started and stopped, with its memory and the transactions that dead processes left."""

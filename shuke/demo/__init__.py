"""A company that does not exist, with two years of plausible life: for trying Shuke, for screenshots, for load.

Willow 小柳 sells skin care and things for the home in two shops, one Chinese, one English. Everything is made up here
from our own lists: e-mail addresses lie in ``example.com``, phone numbers in ranges nobody is given. The same seed,
size and moment give the same company. It is written through the doors that real data takes.
"""

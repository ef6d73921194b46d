namespace funcorr {}

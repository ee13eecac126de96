"""What listens to devices and writes down what they say."""

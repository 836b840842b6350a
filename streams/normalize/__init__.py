"""What moved in a purchase, told as an event in RevenueCat's words. Pure."""

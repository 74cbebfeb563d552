print("foretail")

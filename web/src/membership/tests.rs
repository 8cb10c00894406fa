mod dues;

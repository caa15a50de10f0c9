"""Read what others have written about runs (JUnit XML, logs, reports) and map it to tests here."""

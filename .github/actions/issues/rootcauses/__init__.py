"""One GitHub issue for each root cause of an hwaudit report, with the standard library alone.

report.py reads the report, sight.py says what it proves to be gone, memory.py is what an issue holds for the next run,
text.py writes titles and bodies, plan.py decides, github.py speaks the API, and run.py joins them.
"""

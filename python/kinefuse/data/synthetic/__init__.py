"""Made-up people who move, and what sensors would record of them. See the reader ``synthetic``.

============  ======================================================================
``body``      joint angles to joints: a jointed body with lengths
``actions``   the key poses of sixteen actions, in two manners each
``people``    bodies, tempo, habits, how the sensors sit
``motion``    a trial: key poses become smooth motion
``sensors``   inertial sensors and a depth camera, with what goes wrong in them
============  ======================================================================
"""

pm_program(patchmilterd
  SOURCES patchmilterd.cc
  ROOMS base intake milter
  LIBRARIES CLI11::CLI11 Threads::Threads)

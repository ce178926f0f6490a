include(GNUInstallDirs)
if(TARGET cove)
  install(TARGETS cove RUNTIME DESTINATION bin)
endif()
